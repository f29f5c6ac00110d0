/** The `.proto` of a plugin: what is added at its end changes nothing of what was there. */
import protobuf from "protobufjs";
import { expect, test } from "vitest";
import type { ManifestFunction, ValueType } from "../../abi/tools.ts";
import { protoText } from "../../host/grpc/proto-text.ts";

const text = (exports: readonly ManifestFunction[], own = "demo:my-site/top-list@1.2.0") =>
  protoText({ name: "site", version: "1.2.0", interface: own, exports });
const call = (name: string, params: readonly ValueType[] = [], result?: ValueType): ManifestFunction => ({
  name,
  params: params.map((type, i) => ({ name: `p${i}`, type })),
  ...(result !== undefined && { result }),
});

test("is as it was, in all that was there, when functions, fields and cases are added at the end", () => {
  const point = (more: readonly string[]) => ({
    name: "Point",
    record: ["x", "y", ...more].map((name) => ({ name, type: "u8" as const })),
  });
  const level = (more: readonly string[]) => ({ name: "Level", enum: ["low", "high", ...more] });
  const before = text([call("move", [point([])], level([]))]);
  const after = text([call("move", [point(["z"]), "u8"], level(["top"])), call("level", [level(["top"])])]);
  const lines = (proto: string) =>
    proto.split("\n").filter((line) => line.includes(" = ") || line.includes("rpc"));
  expect(lines(after)).toEqual(expect.arrayContaining(lines(before)));
});

test("has names in the style of protobuf, each once, and the version where it breaks", () => {
  const proto = text([
    call("get-x", [{ name: "TopList", record: [{ name: "hit-count", type: "u8" }] }]),
    call("get-x-request", [{ name: "Map<string,u8>", record: [{ name: "message", type: "string" }] }]),
    call("pick", [{ name: "level", enum: ["very-low", "unspecified"] }]),
  ]);
  expect(proto).toContain("package demo.my_site.top_list.v1;\n\nservice TopList {");
  expect(proto).toContain("uint32 hit_count = 1; // 0 to 255");
  for (const name of ["TopList2", "MapStringU8", "GetXRequestRequest"])
    expect(proto).toContain(`message ${name} {`);
  for (const value of ["LEVEL_UNSPECIFIED = 0;", "LEVEL_VERY_LOW = 1;", "LEVEL_UNSPECIFIED2 = 2;"])
    expect(proto).toContain(value);
  expect(() => protobuf.parse(proto).root.resolveAll()).not.toThrow();
  expect(text([], "demo:my-site/top-list@0.3.1")).toContain("package demo.my_site.top_list.v0_3;");
});

test("is not led on by what an author writes into a comment", () => {
  const docs = "Counts.\n}\rmessage Evil {}\u2028 rpc Evil";
  const proto = text([{ ...call("count"), docs }]);
  expect(
    Object.keys(protobuf.parse(proto).root.lookup("demo.my_site.top_list.v1")!.toJSON().nested ?? {}),
  ).toEqual(["TopList", "CountRequest", "CountResponse"]);
});
