#!/usr/bin/env node
import { serve } from '@scoria/driver-sdk';
import { fakeDriver } from './driver.ts';

serve(fakeDriver);
