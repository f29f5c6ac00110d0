/** Whether a text names an interface with its full version: `demo:logs/handler@1.0.0`. */
export function isInterface(name: string): boolean {
  return /^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*@\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(name);
}
