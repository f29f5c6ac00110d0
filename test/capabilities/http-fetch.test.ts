/** `http` by `fetch`, as in browsers: what is promised there, and what has to be said to have it. */
import { expect, it } from "vitest";
import { httpOver } from "../../host/capabilities/http/http.ts";
import { httpTransport } from "../../host/capabilities/http/http-transport.ts";
import type { HttpOptions } from "../../host/capabilities/mod.ts";
import { refused } from "../faults/guest.ts";
import { raw, refusal, sending, server } from "./servers.ts";

const client = (options: HttpOptions, signal?: AbortSignal) =>
  sending(httpOver(httpTransport(), { addressCheck: "where-possible", ...options }), signal);

it("is not granted where addresses cannot be looked at, unless that was said to be well", async () => {
  expect(await refused(() => httpOver(httpTransport(), { allow: [] }))).toBe(
    '[bad-grant] could not grant http: this runtime does not tell which address a name leads to, so private ones cannot be refused; say addressCheck: "where-possible" to do without',
  );
  expect(httpOver(httpTransport(), { allow: [], addressCheck: "where-possible" }).interface.text).toBe(
    "moult:http/client@1.0.0",
  );
});

it("sends and answers", async () => {
  const { origin } = await server(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.writeHead(201, { "x-one": "1" }).end(`${request.method} ${request.headers["x-two"]} ${body}`);
  });
  const send = client({ allow: [{ origin, headers: { "x-two": "host" } }], methods: ["GET", "POST"] });
  expect(await send(origin, { method: "POST", body: "häuser" })).toMatchObject({
    status: 201,
    text: "POST host häuser",
    headers: { "x-one": "1" },
  });
  expect((await send(`${origin}/x`)).text).toBe("GET host ");
});

it("keeps to the allow list, and follows no redirect", async () => {
  const hits: string[] = [];
  const { origin } = await server((request, response) => {
    hits.push(request.url!);
    response.writeHead(302, { location: "/b" }).end();
  });
  const send = client({ allow: [origin] });
  expect(await refusal(send("http://evil.com/"))).toMatch(/^denied: /);
  expect(await refusal(send(`${origin}/a`))).toMatch(/^unreachable: .* did not answer, or sent a redirect/);
  expect(hits).toEqual(["/a"]);
});

it("reads no more than its limit, however long the answer is, and no longer than its time", async () => {
  const endless = await raw((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const more = () => {
      while (!socket.destroyed && socket.write("x".repeat(65_536)));
    };
    socket.on("drain", more);
    more();
  });
  expect(
    await refusal(client({ allow: [endless.origin], maxResponseBytes: 100_000 })(endless.origin)),
  ).toMatch(/^too-large: found an answer of \d+ bytes or more, wanted at most 100000/);
  const silent = await raw((socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nx"));
  expect(await refusal(client({ allow: [silent.origin], timeout: 50 })(silent.origin))).toBe(
    "timed-out: found no answer within 50 ms (timeout)",
  );
});

it("ends with its generation", async () => {
  const controller = new AbortController();
  const { origin } = await server(() => controller.abort());
  expect(await refusal(client({ allow: [origin] }, controller.signal)(origin))).toBe(
    "closed: the plugin is being closed",
  );
});
