/** No request or message of ours is nested deeper; what walks through one by recursion would break on one that is. */
export const MAX_NESTING = 32;

export function isNestedTooDeep(value: unknown, levels = MAX_NESTING): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => isNestedTooDeep(child, levels - 1));
}
