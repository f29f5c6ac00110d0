/** `moult/testing`: a plugin in vitest, from its source, against the versions that came before it. */
export { type FakeClock, type FakeClockOptions, fakeClock } from "./fake-clock.ts";
export { fakeRandom } from "./fake-random.ts";
export { type LoadPluginOptions, loadPlugin } from "./load-plugin.ts";
export type { PluginSource } from "./plugin-source.ts";
export { type LogLine, type RecordedLog, recordedLog } from "./recorded-log.ts";
export { expectReleased, type ReleasedOptions } from "./released.ts";
export type { UpgradeOptions } from "./trial.ts";
export { expectUpgrade, type Upgrade } from "./upgrade.ts";
