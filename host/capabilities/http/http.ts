/** HTTP for plugins: requests to the origins that the host allows. */

import * as z from "zod/mini";
import { httpTransport } from "#http-transport";
import { wit } from "../../../abi/wit.ts";
import { PluginError } from "../../errors.ts";
import { capability, type Grant } from "../../grant/capability.ts";
import { after } from "../../timer.ts";
import { exchange, failure, type HttpRequest, type HttpResponse } from "./exchange.ts";
import { type HttpOptions, type Policy, policyOf } from "./policy.ts";
import type { HttpTransport } from "./transport.ts";

/**
 * Lets a plugin send requests to the origins in `allow`, and to no others: `moult:http/client`. Each request is
 * an effect, whatever its method: it is sent once, and not before the cutover. An error is a value for the
 * plugin, and so is every status.
 *
 * @throws PluginError `argument`; `bad-grant` where addresses cannot be looked at, as in browsers, unless
 * `addressCheck` is `"where-possible"`
 */
export function http(options: HttpOptions): Grant {
  return httpOver(httpTransport(), options);
}

/** The same over any transport. */
export function httpOver(transport: HttpTransport, options: HttpOptions): Grant {
  const policy = policyOf(options);
  if (policy.addressCheck === "required" && !transport.checks) {
    const why = "this runtime does not tell which address a name leads to, so private ones cannot be refused";
    throw new PluginError(
      "bad-grant",
      `could not grant http: ${why}; say addressCheck: "where-possible" to do without`,
    );
  }
  const header = z.object({ name: z.string(), value: z.string() });
  const request = z.object({
    method: z.string(),
    url: z.string(),
    headers: z.array(header),
    body: wit.bytes(),
  });
  const response = z.object({
    status: wit.u16(),
    url: z.string(),
    headers: z.array(header),
    body: wit.bytes(),
  });
  const client = new Client(transport, policy);
  return capability(
    "moult:http/client@1.0.0",
    { send: { params: [request], returns: response, kind: "effect", async: true, fails: true } },
    (context) => ({ send: (asked) => client.send(asked, context.signal) }),
  );
}

/** What all generations of all plugins with one grant share. */
class Client {
  readonly #transport: HttpTransport;
  readonly #policy: Policy;
  #underWay = 0;

  constructor(transport: HttpTransport, policy: Policy) {
    this.#transport = transport;
    this.#policy = policy;
  }

  /** @param ending fires when the generation that asks retires */
  async send(request: HttpRequest, ending: AbortSignal): Promise<HttpResponse> {
    const { concurrent, timeout } = this.#policy;
    if (this.#underWay >= concurrent) {
      throw failure(
        "busy",
        `found ${this.#underWay} requests under way, wanted at most ${concurrent} (concurrent)`,
      );
    }
    this.#underWay++;
    const controller = new AbortController();
    const close = () => controller.abort(failure("closed", "the plugin is being closed"));
    const late = () =>
      controller.abort(failure("timed-out", `found no answer within ${timeout} ms (timeout)`));
    const cancel = after(timeout, late, { name: "timeout" });
    ending.addEventListener("abort", close);
    if (ending.aborted) close();
    try {
      return await exchange(request, {
        policy: this.#policy,
        transport: this.#transport,
        signal: controller.signal,
      });
    } finally {
      this.#underWay--;
      cancel();
      ending.removeEventListener("abort", close);
    }
  }
}
