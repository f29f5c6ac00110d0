export function swap(url: string, file: string, token: string): Promise<void>;
