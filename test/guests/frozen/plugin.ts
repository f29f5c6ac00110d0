import { capability, imported, Result } from "moult/guest";

@capability("test:node/words@1.0.0")
class Words {
  static find(word: string): Result<string, string> {
    return imported<Result<string, string>>();
  }
  static tell(line: string): void {
    imported<void>();
  }
}

export function ask(word: string): string {
  Words.tell("asked " + word);
  const found = Words.find(word);
  return found.isOk ? found.value : "err: " + found.error;
}

export function check(): Result<u32, string> {
  return Result.err<u32, string>("nothing is checked");
}
