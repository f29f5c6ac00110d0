/** A `.proto` as text, in the style of protobuf's guide. */
import { type Enum, type Message, type Method, type ProtoFile, protoFile, type Served } from "./proto.ts";

/**
 * The `.proto` of a plugin.
 *
 * @param served a manifest, or the `plugin` of a server's description
 */
export function protoText(served: Served): string {
  return textOf(protoFile(served));
}

export function textOf(file: ProtoFile): string {
  const pieces = [
    `// What ${line(file.of)} serves over gRPC, as moult derives it from the plugin's functions.\nsyntax = "proto3";`,
    `package ${file.package};`,
    ...(file.empty ? ['import "google/protobuf/empty.proto";'] : []),
    block(`service ${file.service}`, file.methods.map(methodText)),
    ...file.types.map((type) => ("values" in type ? enumText(type) : messageText(type))),
  ];
  return `${pieces.join("\n\n")}\n`;
}

function methodText({ name, request, response, error, docs }: Method): string {
  const err =
    error === undefined ? [] : [`Its err is a status FAILED_PRECONDITION, with ${error} among its details.`];
  const said = [...(docs ?? "").split("\n"), ...err].map(line).filter((each) => each !== "");
  return [...said.map((each) => `// ${each}`), `rpc ${name}(${request}) returns (${response});`].join("\n");
}

function messageText({ name, fields, oneof }: Message): string {
  const lines = fields.map(
    ({ name, number, type, note }) =>
      `${type} ${name} = ${number};${note === undefined ? "" : ` // ${note}`}`,
  );
  return block(`message ${name}`, oneof === undefined ? lines : [block(`oneof ${oneof}`, lines)]);
}

function enumText({ name, values }: Enum): string {
  return block(
    `enum ${name}`,
    values.map((value, i) => `${value} = ${i};`),
  );
}

function block(head: string, lines: readonly string[]): string {
  if (lines.length === 0) return `${head} {}`;
  const inner = lines.join("\n").replace(/^(?=.)/gm, "  ");
  return `${head} {\n${inner}\n}`;
}

/** A comment ends with its line, and what an author wrote must not go on after it. */
function line(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that would end or hide a line
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
}
