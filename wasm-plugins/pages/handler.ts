/**
 * The handler of `npm run demo:server`. Edit it while that runs, and save: it is swapped in under the load, and
 * what it has counted stays.
 */
import { state } from "moult/guest";

@state
class Visits {
  requests: u64 = 0;
  pages: Map<string, u64> = new Map<string, u64>();
}

const visits = state<Visits>();

export class Answer {
  status: u16 = 200;
  type: string = "text/html; charset=utf-8";
  body: string = "";
}

/** Answers a request; the path is that of the URL, as it came. */
export function handle(method: string, path: string): Answer {
  visits.requests++;
  const answer = new Answer();
  if (method != "GET" && method != "HEAD") {
    answer.status = 405;
    answer.body = "only GET and HEAD are answered\n";
    answer.type = "text/plain; charset=utf-8";
    return answer;
  }
  // Whoever asks for ever more pages does not make the state grow for ever.
  const page = visits.pages.has(path) || visits.pages.size < 1000 ? path : "(others)";
  const seen: u64 = visits.pages.has(page) ? visits.pages.get(page) + 1 : 1;
  visits.pages.set(page, seen);
  answer.body = `<!doctype html><title>moult</title><h1>Hello</h1><p>${plain(page)} was asked for ${seen} times.</p>\n`;
  return answer;
}

/** All requests so far, whichever version answered them. */
export function requests(): u64 {
  return visits.requests;
}

/** Text for HTML. */
function plain(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
