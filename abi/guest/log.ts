enum Level {
  debug,
  info,
  warn,
  error,
}

@capability("moult:log/log@1.0.0")
class Log {
  static write(level: Level, message: string): void {
    imported<void>();
  }
}

/** Lines for the host's log. During a swap they are held back until the cutover. */
export namespace log {
  export function debug(message: string): void {
    Log.write(Level.debug, message);
  }
  export function info(message: string): void {
    Log.write(Level.info, message);
  }
  export function warn(message: string): void {
    Log.write(Level.warn, message);
  }
  export function error(message: string): void {
    Log.write(Level.error, message);
  }
}
