/** Every verb of the command, in the order in which an author needs them. */

import { accept } from "./accept.ts";
import { bench } from "./bench.ts";
import { build } from "./build.ts";
import { call } from "./call.ts";
import { check } from "./check.ts";
import { dashboard } from "./dashboard.ts";
import { dev } from "./dev.ts";
import { history } from "./history.ts";
import { host } from "./host.ts";
import { hub } from "./hub.ts";
import { inspect } from "./inspect.ts";
import { keygen } from "./keygen.ts";
import { lock } from "./lock.ts";
import { migrate } from "./migrate.ts";
import { make } from "./new.ts";
import { nodes } from "./nodes.ts";
import { plan } from "./plan.ts";
import { proto } from "./proto.ts";
import { publish } from "./publish.ts";
import { pull } from "./pull.ts";
import { push } from "./push.ts";
import { rollback } from "./rollback.ts";
import { rollout } from "./rollout.ts";
import { run } from "./run.ts";
import { serve } from "./serve.ts";
import { serveInstances } from "./serve-instances.ts";
import { sign } from "./sign.ts";
import { snapshot } from "./snapshot.ts";
import { status } from "./status.ts";
import { swap } from "./swap.ts";
import { test } from "./test.ts";
import type { Verb } from "./verb.ts";
import { verify } from "./verify.ts";

export const VERBS: readonly Verb[] = [
  make,
  dev,
  build,
  test,
  check,
  migrate,
  run,
  serve,
  call,
  serveInstances,
  hub,
  publish,
  host,
  rollout,
  plan,
  nodes,
  dashboard,
  proto,
  swap,
  accept,
  rollback,
  status,
  history,
  snapshot,
  inspect,
  bench,
  keygen,
  sign,
  verify,
  lock,
  push,
  pull,
];
