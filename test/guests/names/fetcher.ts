@capability("test:names/fetcher@1.0.0")
export class Fetcher {
  static fetchURL(userID: string): string {
    return imported<string>();
  }
}
