#!/usr/bin/env node
import { serve } from '@scoria/driver-sdk';
import { iscsiDriver } from './driver.ts';

serve(iscsiDriver);
