// Reads an AsyncAPI document on standard input, prints its diagnostics, exits 1 when one of them is an error.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const ERROR = 0;
const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
for (const { severity, code, path, message } of diagnostics) {
  console.log(JSON.stringify({ severity, code, path: path.join("/"), message }));
}
process.exit(!document || diagnostics.some(({ severity }) => severity === ERROR) ? 1 : 0);
