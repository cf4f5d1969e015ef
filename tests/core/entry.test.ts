/** The types of entries, as the documents have them. */
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import ts from "typescript";
import { projectFolder } from "../../store/project";

const read = (file: string): string => fs.readFileSync(path.join(projectFolder, file), "utf8");

/** The fields of each type of entry, as its source declares them. */
function declared(): Map<string, string[]> {
  const source = ts.createSourceFile("entry.ts", read("core/entry.ts"), ts.ScriptTarget.Latest, true);
  const body = source.statements.find(
    (node): node is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(node) && node.name.text === "Body",
  );
  const members: readonly ts.TypeNode[] =
    body !== undefined && ts.isUnionTypeNode(body.type) ? body.type.types : [];
  return new Map(
    members.filter(ts.isTypeLiteralNode).map((member) => {
      const properties = member.members.filter(ts.isPropertySignature);
      const type = properties.find(({ name }) => name.getText() === "type")?.type?.getText() ?? "";
      const fields = properties.map(({ name }) => name.getText()).filter((name) => name !== "type");
      return [JSON.parse(type) as string, fields];
    }),
  );
}

/** The fields of each type of entry, as docs/attestations.md lists them: in the first table below its heading. */
function documented(): Map<string, string[]> {
  const sections = read("docs/attestations.md").split(/^### /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [table = ""] = /^\|[^]*?\n\n/m.exec(section) ?? [];
      const fields = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, field = ""]) => field);
      return [/^`([\w-]+)`/.exec(section)?.[1] ?? "", fields];
    }),
  );
}

test("every type of entry is documented with all its fields, in the order of the source", () => {
  expect(declared().size).toBeGreaterThan(9);
  expect(documented()).toEqual(declared());
});
