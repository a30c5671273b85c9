"""Truth and answer in, numbers out.

    sets.load_set -> run.evaluate(read) -> report.build -> render.render | Report.to_json
                         |
    shapes, families -> pairing -> metrics, misses; ghostscore adds up

Schemas go in and numbers come out: what pages look like and who reads them is not known here.
"""
