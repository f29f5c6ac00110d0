/** The one function of the compiler that is used: its own declarations would bring its globals along. */
export function main(args: readonly string[], io: never): Promise<{ readonly error: Error | null }>;
