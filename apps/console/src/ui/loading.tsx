import { text } from '../text.js';

export function Loading() {
  return (
    <p className="loading" role="status">
      {text.loading}
    </p>
  );
}
