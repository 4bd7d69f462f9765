const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
const STEP = 1024;

/** `5 GB` for 5368709120, as the product documentation counts. */
export function formatBytes(bytes: number): string {
  const size = Math.abs(bytes);
  const power = size < STEP ? 0 : Math.min(Math.floor(Math.log(size) / Math.log(STEP)), UNITS.length - 1);
  const number = new Intl.NumberFormat('en', { maximumFractionDigits: power === 0 ? 0 : 1 });
  return `${number.format(bytes / STEP ** power)} ${UNITS[power]}`;
}

export const formatCount = (count: number): string => new Intl.NumberFormat('en').format(count);
