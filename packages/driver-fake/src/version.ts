/** Version of this driver. */
export const version = '0.1.0';
