"""How the age model is fitted to brains of people without dementia, and what is told of its errors."""
