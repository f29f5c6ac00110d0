import { Result } from "./result";

export class HttpHeader {
  name: string;
  value: string;

  constructor(name: string, value: string) {
    this.name = name;
    this.value = value;
  }
}

/** A request to send: `new HttpRequest("PUT", url).header("accept", "text/plain").text("hello")`. */
export class HttpRequest {
  method: string;
  url: string;
  headers: HttpHeader[] = [];
  /** Empty for none. */
  body: Uint8Array = new Uint8Array(0);

  constructor(method: string, url: string) {
    this.method = method;
    this.url = url;
  }

  /** Adds a header. */
  header(name: string, value: string): HttpRequest {
    this.headers.push(new HttpHeader(name, value));
    return this;
  }

  /** Sets the body. */
  bytes(body: Uint8Array): HttpRequest {
    this.body = body;
    return this;
  }

  /** Sets the body, in UTF-8. */
  text(body: string): HttpRequest {
    this.body = Uint8Array.wrap(String.UTF8.encode(body));
    return this;
  }
}

export class HttpResponse {
  status: u16;
  /** Where it came from, after redirects. */
  url: string;
  /** Names are in lower case. */
  headers: HttpHeader[];
  /** Decoded. */
  body: Uint8Array;

  /** Whether the status is one of success, 200 to 299. */
  get ok(): bool {
    return this.status >= 200 && this.status < 300;
  }

  /** The first header of a name, in any case, or `null`. */
  header(name: string): string | null {
    const wanted = name.toLowerCase();
    for (let i = 0; i < this.headers.length; i++) {
      if (this.headers[i].name == wanted) return this.headers[i].value;
    }
    return null;
  }

  /** The body as UTF-8. */
  text(): string {
    return String.UTF8.decodeUnsafe(this.body.dataStart, this.body.length);
  }
}

@capability("moult:http/client@1.0.0")
class HttpClient {
  static send(request: HttpRequest): Result<HttpResponse, string> {
    return imported<Result<HttpResponse, string>>();
  }
}

/**
 * Requests to where the host allows it. Every status is an answer; an error begins with `denied`, `invalid`,
 * `too-large`, `busy`, `timed-out`, `unreachable`, `malformed` or `closed`.
 */
export namespace http {
  export function send(request: HttpRequest): Result<HttpResponse, string> {
    return HttpClient.send(request);
  }

  export function get(url: string): Result<HttpResponse, string> {
    return HttpClient.send(new HttpRequest("GET", url));
  }

  /** Posts bytes. @param type their media type, such as `application/json` */
  export function post(url: string, body: Uint8Array, type: string): Result<HttpResponse, string> {
    return HttpClient.send(new HttpRequest("POST", url).header("content-type", type).bytes(body));
  }
}
