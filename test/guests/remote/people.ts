/** Names and shapes that JavaScript and WIT write differently. */
export class User {
  userID: u32 = 0;
  nickName: string | null = null;
  homeURL: string = "";
  tags: Set<string> = new Set();
  scores: Map<string, u64> = new Map();
}

export function renamed(user: User, nickName: string | null): User {
  user.nickName = nickName;
  return user;
}

export function byID(users: User[]): Map<u32, User> {
  const found = new Map<u32, User>();
  for (let i = 0; i < users.length; i++) found.set(users[i].userID, users[i]);
  return found;
}
