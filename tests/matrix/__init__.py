"""Every address x method x role x own, foreign and absent: what the policy says, and what the program does."""
