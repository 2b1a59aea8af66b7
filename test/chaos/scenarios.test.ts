/** Every named scenario against Drover. */
import { SCENARIOS } from './scenarios/all.ts';
import { verify } from './verify.ts';

verify(SCENARIOS);
