// Reads Prisma schemas (a JSON array of strings on stdin) with Prisma's own validator.
// Prints a JSON array: per document {dmmf, datasource, generator, formatted} or {error}.
import { readFileSync } from "node:fs";
import prisma from "@prisma/prisma-schema-wasm";

function read(text) {
  const files = [["schema.prisma", text]];
  const asked = JSON.stringify({ prismaSchema: files, noColor: true });
  const layout = { textDocument: { uri: "file:///schema.prisma" }, options: { tabSize: 2, insertSpaces: true } };
  try {
    prisma.validate(asked);
    const { config } = JSON.parse(prisma.get_config(asked));
    return {
      // As text: a number of JavaScript has 53 bits.
      dmmf: prisma.get_dmmf(asked),
      datasource: config.datasources[0],
      generator: config.generators[0],
      formatted: JSON.parse(prisma.format(JSON.stringify(files), JSON.stringify(layout)))[0][1],
    };
  } catch (problem) {
    return { error: String(problem.message ?? problem) };
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(read)));
