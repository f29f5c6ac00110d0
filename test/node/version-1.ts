/** A store as version 1 of the format wrote it: an account with four calls, whose process was killed. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SNAPSHOT = `
  T2JqAQ4WYXZyby5zY2hlbWHeAnsidHlwZSI6InJlY29yZCIsIm5hbWUiOiJBY2NvdW50IiwiZmllbGRzIjpbeyJuYW1lIjoic3Vt
  IiwidHlwZSI6eyJ0eXBlIjoibG9uZyIsIm1vdWx0IjoidTY0In0sImRlZmF1bHQiOjB9LHsibmFtZSI6ImNhbGxzIiwidHlwZSI6
  eyJ0eXBlIjoibG9uZyIsIm1vdWx0IjoidTMyIn0sImRlZmF1bHQiOjB9XX0UYXZyby5jb2RlYwhudWxsGG1vdWx0LnBsdWdpbg5h
  Y2NvdW50Gm1vdWx0LnZlcnNpb24KMS4wLjAibW91bHQuZmluZ2VycHJpbnSAATkxMWQ1Mjk2YjM3ZDg0MjgzOTQxOTExMWNlNDMz
  YjNlYzMyOTllY2JkODgxYTRiMDk0NGZjMzA1ZTdiYzVjZWYYbW91bHQuZGlnZXN0gAE5NmEyOTZkMjI0ZjI4NWM2N2JlZTkzYzMw
  ZjhhMzA5MTU3ZjBkYWEzNWRjNWI4N2U0MTBiNzg2MzBhMDljZmM3FG1vdWx0LnNlYWyAATFjOGY4NWY5YTkzMmUyZjMyNTE5ZmE0
  OTVjN2I3ZjgxODNhZjk2M2MyY2NkOWViYjVmODJmYjU1ZGZmMTJmM2IAkR1SlrN9hCg5QZERzkM7PgIEAACRHVKWs32EKDlBkRHO
  Qzs+
`;
const JOURNAL = `
  iU1PVUxUDQoBAAAAMtG5ufWmqzTHUg1lxAAAAAAAAABpMY40wAAAAHsia2luZCI6ImhlYWQiLCJmb3JtYXQiOjEsImlkIjoiZjI0
  M2JmNmMtZTM0NC00ZmJmLWI3MzUtNzhkNTE2YWE2YmJmIiwibmV4dCI6MSwicGx1Z2luIjoiYWNjb3VudCIsInZlcnNpb24iOiIx
  LjAuMCIsImRpZ2VzdCI6IjUwMThjYzA0ZjRkMGU2MjBhMjdkOTRkYzM2YzE2OTg2MTk5YWJhOTdkYzdkNTdjMzYwNzJjNGU0ZjU0
  YzI4MTUifS8AAAABAAAAC2fZKicAAAB7ImtpbmQiOiJjYWxsIiwibnVtYmVyIjoxLCJuYW1lIjoiYWRkIn0FAAAAMAAAAAIAAABf
  83PwLAAAAHsia2luZCI6ImVuZCIsIm51bWJlciI6MSwiZGlnZXN0IjoxMDUwNzk2MDh9NAAAAAMAAACKbyoXLAAAAHsia2luZCI6
  ImNhbGwiLCJudW1iZXIiOjIsIm5hbWUiOiJleGNoYW5nZSJ9CgAAAHIAAAAEAAAAjE7C+G4AAAB7ImtpbmQiOiJhbnN3ZXJzIiwi
  bnVtYmVyIjoyLCJhbnN3ZXJzIjpbeyJxdWVzdGlvbiI6InRlc3Q6YmFuay9sZWRnZXJAMS4wLjAjcmF0ZSAiLCJraW5kIjoicmVh
  ZCIsImFuc3dlciI6M31dfTAAAAAFAAAAiDrfHiwAAAB7ImtpbmQiOiJlbmQiLCJudW1iZXIiOjIsImRpZ2VzdCI6Njc3NDE3NzQ1
  fS8AAAAGAAAALh7zVycAAAB7ImtpbmQiOiJjYWxsIiwibnVtYmVyIjozLCJuYW1lIjoiYWRkIn0GAAAALwAAAAcAAABEnUzhKwAA
  AHsia2luZCI6ImVuZCIsIm51bWJlciI6MywiZGlnZXN0Ijo5ODExNDc3Nn0rAAAACAAAAOrXl0knAAAAeyJraW5kIjoiY2FsbCIs
  Im51bWJlciI6NCwibmFtZSI6InN1bSJ9
`;

export const snapshot = Buffer.from(SNAPSHOT, "base64");
export const journal = Buffer.from(JOURNAL, "base64");

/** The beginnings of its records' JSON. */
export const RECORDS = [
  '{"kind":"head","format":1,"id":"f243bf6c-e344-4fbf-b735-78d516aa6bbf","next":1,"plugin":"account","version":"1.0.0"',
  '{"kind":"call","number":1,"name":"add"}',
  '{"kind":"end","number":1,"digest":105079608}',
  '{"kind":"call","number":2,"name":"exchange"}',
  '{"kind":"answers","number":2,"answers":[{"question":"test:bank/ledger@1.0.0#rate ","kind":"read","answer":3}]}',
  '{"kind":"end","number":2,"digest":677417745}',
  '{"kind":"call","number":3,"name":"add"}',
  '{"kind":"end","number":3,"digest":98114776}',
  '{"kind":"call","number":4,"name":"sum"}',
];

/** @param tail bytes behind its last record */
export function writeVersion1(folder: string, tail: Uint8Array = new Uint8Array(0)): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "0000000001.avro"), snapshot);
  writeFileSync(join(folder, "0000000001.journal"), Buffer.concat([journal, tail]));
}
