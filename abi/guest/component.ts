/** Replaces `env.abort` in a component, whose imports are interfaces only: it traps. */
export function abort(
  message: string | null = null,
  file: string | null = null,
  line: u32 = 0,
  column: u32 = 0,
): void {
  unreachable();
}
