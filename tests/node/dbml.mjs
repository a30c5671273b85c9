// Reads DBML documents (a JSON array of strings on stdin) with @dbml/core, which dbdiagram.io runs on.
// Prints a JSON array: per document {tables, enums, refs} or {error}.
import { readFileSync } from "node:fs";
import * as core from "@dbml/core";

const column = (field) => ({
  name: field.name,
  type: field.type.type_name,
  notNull: Boolean(field.not_null),
  pk: Boolean(field.pk),
  unique: Boolean(field.unique),
  increment: Boolean(field.increment),
  default: field.dbdefault ? [field.dbdefault.type, String(field.dbdefault.value)] : null,
  note: field.note ?? "",
});

const index = (one) => ({
  columns: one.columns.map((part) => part.value),
  pk: Boolean(one.pk),
  unique: Boolean(one.unique),
  name: one.name ?? "",
});

const end = (one) => ({ table: one.tableName, columns: one.fieldNames, relation: one.relation });

function read(text) {
  try {
    const [schema] = new core.Parser().parse(text, "dbmlv2").schemas;
    return {
      tables: (schema?.tables ?? []).map((table) => ({
        name: table.name,
        note: table.note ?? "",
        columns: table.fields.map(column),
        indexes: table.indexes.map(index),
      })),
      enums: (schema?.enums ?? []).map((one) => ({
        name: one.name,
        values: one.values.map((value) => [value.name, value.note ?? ""]),
      })),
      refs: (schema?.refs ?? []).map((one) => ({ ends: one.endpoints.map(end), onDelete: one.onDelete ?? "" })),
    };
  } catch (problem) {
    const found = problem.diags?.map((one) => `${one.location?.start?.line}: ${one.message}`).join("; ");
    return { error: found || String(problem) };
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(read)));
