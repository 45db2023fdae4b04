"""Pure rules of credit risk: no database, no clock, no input or output."""
