"""Time series and exchange rates from Alpha Vantage: https://www.alphavantage.co/documentation/"""
