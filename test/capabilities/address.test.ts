/** Which addresses are public, in all the ways that they can be written. */
import { describe, expect, it } from "vitest";
import { isPublic, isWithin, parseAddress, parseRange } from "../../host/capabilities/http/address.ts";
import { refusalOf } from "../../host/capabilities/http/reach.ts";

describe("addresses", () => {
  it.each<[string, string | undefined]>([
    ["1.2.3.4", "1,2,3,4"],
    ["255.255.255.255", "255,255,255,255"],
    ["01.2.3.4", undefined],
    ["256.1.1.1", undefined],
    ["1.2.3", undefined],
    ["1.2.3.4.5", undefined],
    ["", undefined],
    ["::", "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"],
    ["::1", "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1"],
    ["1:2:3:4:5:6:7:8", "0,1,0,2,0,3,0,4,0,5,0,6,0,7,0,8"],
    ["fe80::abCD", "254,128,0,0,0,0,0,0,0,0,0,0,0,0,171,205"],
    ["::ffff:10.0.0.1", "0,0,0,0,0,0,0,0,0,0,255,255,10,0,0,1"],
    ["64:ff9b::7f00:1", "0,100,255,155,0,0,0,0,0,0,0,0,127,0,0,1"],
    ["1::2::3", undefined],
    ["1:2:3:4:5:6:7", undefined],
    ["1:2:3:4:5:6:7:8:9", undefined],
    ["1:2:3:4:5:6:7::8", undefined],
    ["::12345", undefined],
    ["::g", undefined],
    ["fe80::1%eth0", undefined],
    ["10.0.0.1::", undefined],
    [":1", undefined],
  ])("%s", (text, bytes) => {
    expect(parseAddress(text)?.join()).toBe(bytes);
  });
});

describe("private addresses", () => {
  it.each([
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:a00:1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
  ])("%s is one", (text) => {
    expect(isPublic(parseAddress(text)!)).toBe(false);
  });

  it.each([
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "3ffe::1",
  ])("%s is none", (text) => {
    expect(isPublic(parseAddress(text)!)).toBe(true);
  });
});

describe("ranges", () => {
  it.each<[string, string, boolean]>([
    ["10.0.0.0/8", "10.9.9.9", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.1.2.128/25", "10.1.2.129", true],
    ["10.1.2.128/25", "10.1.2.127", false],
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.3", "10.1.2.2", false],
    ["0.0.0.0/0", "8.8.8.8", true],
    ["fd00::/8", "fdff::1", true],
    ["fd00::/8", "10.0.0.1", false],
    ["::1/128", "::1", true],
  ])("%s and %s", (range, address, within) => {
    expect(isWithin(parseAddress(address)!, parseRange(range)!)).toBe(within);
  });

  it.each(["10.0.0.0/33", "::/129", "10.0.0/8", "x", "", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1"])(
    "%s is none",
    (text) => {
      expect(parseRange(text)).toBeUndefined();
    },
  );
});

describe("the reach of a plugin", () => {
  const within = { privateAddresses: [parseRange("10.1.0.0/16")!] };
  it.each<[string, string, boolean]>([
    ["api.example.com", "8.8.8.8", true],
    ["api.example.com", "10.1.2.3", true],
    ["api.example.com", "::ffff:10.1.2.3", true],
    ["api.example.com", "10.2.0.1", false],
    ["api.example.com", "127.0.0.1", false],
    ["api.example.com", "169.254.169.254", false],
    ["api.example.com", "fe80::1%eth0", false],
    ["api.example.com", "nonsense", false],
    // Named, by standing in the allow list.
    ["127.0.0.1", "127.0.0.1", true],
    ["[::1]", "::1", true],
    ["169.254.169.254", "169.254.169.254", true],
    ["localhost", "127.0.0.1", true],
    ["app.localhost", "::1", true],
    ["localhost", "192.168.1.1", false],
    ["notlocalhost", "127.0.0.1", false],
    ["localhost.example.com", "127.0.0.1", false],
  ])("%s at %s", (hostname, address, allowed) => {
    expect(refusalOf(hostname, address, within) === undefined).toBe(allowed);
  });
});
