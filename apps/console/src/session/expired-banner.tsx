import { text } from '../text.js';
import { TokenForm } from './token-form.js';

/** Over the page, which stays as it is. */
export function ExpiredBanner() {
  return (
    <div className="expired-banner">
      <p role="alert">{text.session.expired}</p>
      <TokenForm submit={text.session.renew} />
    </div>
  );
}
