/**
 * Avro's binary encoding, as the generated code needs it: `put...` and the walk out in `avro/sink`,
 * `take...` and the way back in `avro/source`. Both share one buffer, which lives only while a state is
 * under way.
 */
export { enter, leave } from "./avro/buffer";
export * from "./avro/sink";
export * from "./avro/source";
export * from "./avro/table";
