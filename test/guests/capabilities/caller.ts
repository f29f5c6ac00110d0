import { HttpRequest, HttpResponse, http, Result } from "moult/guest";

function told(answer: Result<HttpResponse, string>): string {
  if (answer.isErr) return answer.error;
  const type = answer.value.header("Content-Type");
  return answer.value.status.toString() + " " + (type === null ? "-" : type) + " " + answer.value.text();
}

export function get(url: string): string {
  return told(http.get(url));
}

export function post(url: string, text: string): string {
  return told(http.post(url, Uint8Array.wrap(String.UTF8.encode(text)), "text/plain"));
}

export function send(method: string, url: string, header: string, value: string): string {
  return told(http.send(new HttpRequest(method, url).header(header, value).text("hello")));
}
