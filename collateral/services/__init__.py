"""Actions on collateral: register, appraise, flag, perfect; and the sweep's step."""
