export const nothing = {};
