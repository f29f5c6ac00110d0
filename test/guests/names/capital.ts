/** Names with several capitals in a row, as authors and embedders write them. */
import { state } from "moult/guest";
import { Fetcher } from "./fetcher";

class Person {
  userID: string = "";
  homeURL: string = "";
}

@state
class Directory {
  lastID: string = "";
}

const directory = state<Directory>();

export function findByID(userID: string): Person {
  const person = new Person();
  person.userID = userID;
  person.homeURL = Fetcher.fetchURL(userID);
  directory.lastID = userID;
  return person;
}

export function urlOf(person: Person): string {
  return person.homeURL + "#" + person.userID;
}
