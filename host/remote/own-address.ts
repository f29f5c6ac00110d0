/** This machine's own addresses. */

/** Whether only this machine reaches it. @param host a name or an address, without brackets */
export function isOwn(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
