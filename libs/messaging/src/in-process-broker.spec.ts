import { InProcessBroker } from './in-process-broker.js';
import { describeBroker } from './testing/describe-broker.js';

describeBroker('InProcessBroker', (topology) => new InProcessBroker({ topology }));
