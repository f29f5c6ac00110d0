let count: u32 = 0;

export function add(step: u32): u32 {
  return (count += step);
}

export function value(): u32 {
  return count;
}
