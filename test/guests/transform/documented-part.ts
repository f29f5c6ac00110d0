/** Of another file. */
export function documentedElsewhere(): void {}
