import { contract } from "moult";

export const One = contract("a:b/one@1", {});
export const Two = contract("a:b/two@1", {});
