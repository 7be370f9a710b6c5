#!/usr/bin/env node
import { serve } from '@scoria/driver-sdk';
import { fcDriver } from './driver.ts';

serve(fcDriver);
