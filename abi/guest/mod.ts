/** The guest library: what an author imports from "moult/guest". */
export { capability, imported } from "./capability";
export { clock } from "./clock";
export { config } from "./config";
export { dropped, revision, was } from "./evolution";
export { HttpHeader, HttpRequest, HttpResponse, http } from "./http";
export { kv } from "./key-value";
export { log } from "./log";
export { shared, transient } from "./marks";
export { Option } from "./option";
export { random } from "./random";
export { Outcome, Result } from "./result";
export { Sink } from "./sink";
export { Source } from "./source";
export { state } from "./state";
