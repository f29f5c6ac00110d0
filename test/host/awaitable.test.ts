import { describe, expect, it } from "vitest";
import { run, type Steps, wait } from "../../host/awaitable.ts";

function* sum(a: number | Promise<number>, b: number | Promise<number>): Steps<number> {
  return (yield* wait(a)) + (yield* wait(b));
}

describe("steps", () => {
  it("stay in the caller's stack when nothing has to be waited for", () => {
    expect(run(sum(1, 2))).toBe(3);
  });

  it("go on asynchronously from the first promise on", async () => {
    const answer = run(sum(1, Promise.resolve(2)));
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toBe(3);
  });

  it("throw what a step throws, at once or later", async () => {
    function* fails(value: unknown): Steps<never> {
      yield* wait(value);
      throw new Error("no");
    }
    expect(() => run(fails(1))).toThrow("no");
    await expect(run(fails(Promise.resolve(1)))).rejects.toThrow("no");
  });

  it("can catch a rejected promise", async () => {
    function* catches(): Steps<string> {
      try {
        yield* wait(Promise.reject(new Error("gone")));
        return "kept";
      } catch (error) {
        return (error as Error).message;
      }
    }
    expect(await run(catches())).toBe("gone");
  });
});
