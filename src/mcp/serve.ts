export async function serve(_rest: string[]): Promise<void> {}
