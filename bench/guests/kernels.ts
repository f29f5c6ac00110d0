/** Work of several kinds: what each costs when it is metered. */

export function calls(n: i32): i32 {
  return n < 2 ? n : calls(n - 1) + calls(n - 2);
}

/** Floating point: points of the Mandelbrot set. */
export function floats(side: i32): i32 {
  let count = 0;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const a = (2.0 * x) / side - 1.5;
      const b = (2.0 * y) / side - 1.0;
      let re = 0.0;
      let im = 0.0;
      let i = 0;
      for (; i < 50 && re * re + im * im < 4; i++) {
        const next = re * re - im * im + a;
        im = 2 * re * im + b;
        re = next;
      }
      count += i;
    }
  }
  return count;
}

const buffer = new Uint8Array(65536);

export function bytes(times: i32): i32 {
  let sum = 0;
  for (let t = 0; t < times; t++) for (let i = 0; i < 65536; i++) sum = sum * 31 + buffer[i];
  return sum;
}

const schedule = new StaticArray<u32>(64);

/** The rounds of SHA-256. */
export function rounds(times: i32): i32 {
  let hash: u32 = 0x6a09e667;
  for (let i = 0; i < 16; i++) schedule[i] = i;
  for (let t = 0; t < times; t++) {
    for (let i = 16; i < 64; i++) {
      const a = schedule[i - 15];
      const b = schedule[i - 2];
      const s0 = rotr<u32>(a, 7) ^ rotr<u32>(a, 18) ^ (a >>> 3);
      const s1 = rotr<u32>(b, 17) ^ rotr<u32>(b, 19) ^ (b >>> 10);
      schedule[i] = schedule[i - 16] + s0 + schedule[i - 7] + s1;
    }
    for (let i = 0; i < 64; i++) hash = rotr<u32>(hash, 5) ^ (hash + schedule[i] + 0x428a2f98);
    schedule[0] = hash;
  }
  return hash;
}

export function maps(n: i32): i32 {
  const map = new Map<i32, i32>();
  for (let i = 0; i < n; i++) map.set((i * 7) % 1000, i);
  let sum = 0;
  for (let i = 0; i < n; i++) if (map.has(i)) sum += map.get(i);
  return sum;
}

export function sorts(n: i32): i32 {
  const list = new Array<i32>(n);
  let x = 12345;
  for (let i = 0; i < n; i++) {
    x = x * 1103515245 + 12345;
    list[i] = x;
  }
  list.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return list[n >> 1];
}

/** A text, letter by letter. */
export function scans(times: i32): i32 {
  const text = '{"a":1,"bb":[1,2,3],"ccc":"text with \\"quotes\\""}';
  let depth = 0;
  for (let t = 0; t < times; t++) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code == 123 || code == 91) depth++;
      else if (code == 125 || code == 93) depth--;
      else if (code == 34) {
        i++;
        while (i < text.length && text.charCodeAt(i) != 34) {
          if (text.charCodeAt(i) == 92) i++;
          i++;
        }
      }
    }
  }
  return depth;
}

let turns = 0;

/** Never answers. */
export function spin(n: i32): i32 {
  while (true) turns += n;
}
