import { Option, Result } from "moult/guest";

export enum Tone {
  Formal,
  Friendly,
  Short,
}

export class Person {
  name: string = "";
  /** A title, where the person has one. */
  title: string | null = null;
  age: Option<u32> = Option.none<u32>();
}

/** Greets one person, or says why not. */
export function greet(person: Person, tone: Tone): Result<string, string> {
  if (person.name.length == 0) return Result.err<string, string>("a person without a name");
  return Result.ok<string, string>(salutation(person, tone));
}

/** Greets everybody who has a name. */
export function greetAll(people: Person[], tone: Tone): string[] {
  const greetings = new Array<string>();
  for (let i = 0; i < people.length; i++) {
    if (people[i].name.length > 0) greetings.push(salutation(people[i], tone));
  }
  return greetings;
}

/** The oldest of those whose age is known; nobody when none is. */
export function oldest(people: Person[]): Person | null {
  let found: Person | null = null;
  for (let i = 0; i < people.length; i++) {
    const person = people[i];
    if (person.age.isSome && (found === null || person.age.value > found.age.value)) found = person;
  }
  return found;
}

/** How many people each initial has. */
export function initials(people: Person[]): Map<string, u32> {
  const counts = new Map<string, u32>();
  for (let i = 0; i < people.length; i++) {
    const initial = people[i].name.substring(0, 1);
    counts.set(initial, counts.has(initial) ? counts.get(initial) + 1 : 1);
  }
  return counts;
}

/** Tones are a plugin's own choice when the caller has none. */
export function suited(person: Person): Tone {
  return person.title === null ? Tone.Friendly : Tone.Formal;
}

function salutation(person: Person, tone: Tone): string {
  const title = person.title;
  if (tone == Tone.Short) return person.name;
  if (tone == Tone.Formal && title !== null) return "Good day, " + title + " " + person.name;
  return (tone == Tone.Formal ? "Good day, " : "Hello, ") + person.name;
}
