import { PageTitle } from '../ui/page-title.js';
import logo from '../stowage.svg';
import { text } from '../text.js';
import { TokenForm } from './token-form.js';

export function SignIn() {
  return (
    <main className="sign-in">
      <img src={logo} alt={text.product} width={48} height={48} />
      <PageTitle>{text.session.title}</PageTitle>
      <p className="muted">{text.session.why}</p>
      <TokenForm submit={text.session.signIn} help={text.session.tokenHelp} />
    </main>
  );
}
