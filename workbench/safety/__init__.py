"""What must not be asked, said or kept: personal data, injected instructions, harm; and what to do about each, by policy."""
