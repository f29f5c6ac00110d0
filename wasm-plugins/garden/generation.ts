/** Which generation of the code this is: the page writes it with every build. */
export const GENERATION: u8 = 1;
