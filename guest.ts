export * from "./abi/guest/mod";
