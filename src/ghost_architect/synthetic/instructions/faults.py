"""Faults that people and models make in schemas: each turns a good schema into a bad one, and says what was done.

A fault that needs room (a child table in place of `phone_1, phone_2`) changes the good schema too.
"""

from __future__ import annotations

from . import faults_facts, faults_keys, faults_types
from .fault import Fault, Maker

MAKERS: tuple[Maker, ...] = (
    *(faults_types.money_as_float, faults_types.code_as_number, faults_types.moment_as_text, faults_types.flag_as_text),
    *(faults_types.choice_as_text, faults_types.impossible_check, faults_types.default_of_other_type),
    *(faults_keys.no_primary_key, faults_keys.junction_without_key, faults_keys.keys_without_index),
    *(faults_keys.undeclared_key, faults_keys.key_of_other_type, faults_keys.mandatory_root, faults_keys.double_index),
    *(faults_facts.numbered_columns, faults_facts.list_in_text, faults_facts.copied_column),
    *(faults_facts.stored_count, faults_facts.plain_password),
)

__all__ = ["MAKERS", "Fault"]
