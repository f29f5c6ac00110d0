export interface Lack {
  readonly feature: string;
  readonly engine: string;
  readonly below?: number;
  /** The code with which the feature fails there. */
  readonly error: string;
  readonly why: string;
}
export const LACKS: readonly Lack[];
export function lackOf(
  feature: string,
  where: { readonly engine: string; readonly version: string },
): Lack | undefined;
