"""What `faxledger doctor` looks at: each check is a function that says what it has found."""
